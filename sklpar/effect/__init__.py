"""Bringing an emitted setting into effect: on another program, or inside this one."""
