"""Objectives: a number, a target and a period; are we on track?"""
