"""Where customers stand in their journey, who stays, and who is worth what."""
