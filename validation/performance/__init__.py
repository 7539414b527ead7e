"""CPU time and memory, in the same run as the peer where there is one."""
