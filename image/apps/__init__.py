"""Turns a program's files, in a folder, a tar or a container image, into files of an initramfs."""
