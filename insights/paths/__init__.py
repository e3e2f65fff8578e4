"""Which ways customers take before and after something happens."""
