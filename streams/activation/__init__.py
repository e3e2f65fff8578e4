"""Messages due: facts → occasions → messages. Pure; time is the watermark, an argument."""
