"""Starts an image in QEMU, with real TDX or a simulated one."""
