"""Source formats: foreign bytes in, `RawTouchpoint` or `Rejected` out. Pure."""
