"""What people have of a program, made into files of an initramfs: folders, tars and container images."""
