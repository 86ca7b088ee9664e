// Kernel calls of the process about its own memory.
#ifndef FORESTAGE_CPROCESS_H
#define FORESTAGE_CPROCESS_H

/// Releases the unmodified pages of the program and its libraries: code and constants. They stay in the kernel's page
/// cache; a page that is used again is mapped again by a page fault. Useful once after the start, which reads far more
/// of them than the work afterwards.
void fs_release_file_pages(void);

#endif
