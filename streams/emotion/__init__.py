"""What a touchpoint tells of the customer's mood; start reading at `feel.py`. Pure."""
