// What the process asks of the kernel about itself.
#ifndef FORESTAGE_CPROCESS_H
#define FORESTAGE_CPROCESS_H

/// Lets go of the pages of the program and its libraries that nobody has written to: code and constants. They stay in the
/// kernel's cache of files, and whatever is used again is mapped again at a page fault each. Worth it once after a start,
/// which reads far more of them than the work after it.
void fs_release_file_pages(void);

#endif
