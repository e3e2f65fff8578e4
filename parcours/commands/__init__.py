"""The commands, one module each or one a family; thin."""
