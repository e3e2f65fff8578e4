"""Which contacts a sale is owed to: attribution, by several models side by side."""
