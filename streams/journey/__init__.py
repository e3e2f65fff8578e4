"""Folds: state + touchpoint → state + facts. Pure; time is the watermark, an argument."""
