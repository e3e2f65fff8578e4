"""Pain points, opportunities and missing information: where customers are held back."""
