#pragma once

namespace gatescope::test {

/// Gives SQLite a heap of its own for the life of the process: with the sanitizer's malloc, which
/// keeps a stack for each block and holds freed ones back, opening a small database costs three
/// times as much as reading it. Ends of blocks and freed blocks are poisoned as the sanitizer
/// would, so that a read past one, by SQLite's caller or in a libc call, is still a fault. For one
/// thread; before the first use of SQLite.
void giveSqliteItsOwnHeap();

}  // namespace gatescope::test
