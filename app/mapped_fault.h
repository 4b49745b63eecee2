#pragma once

#include <unistd.h>

#include <csignal>

#include "app/exit_status.h"

namespace gatescope {

/// A start copy is mapped, and so is an index that SQLite keeps beside the library: where another
/// program cuts such a file short or the disk fails while it is in use, the system can only send
/// SIGBUS. The process cannot go on then, but it says why.
inline void explainMappedFaults() {
    struct sigaction action {};
    action.sa_handler = [](int) {
        static constexpr char kSentence[] =
            "error: a file that was in use, most likely the start copy of the model, was cut short "
            "or its disk failed; start again, and see gatescope-cli cache verify\n";
        (void)!::write(STDERR_FILENO, kSentence, sizeof kSentence - 1);
        ::_exit(exitStatus(ErrorKind::DeviceFault));
    };
    (void)::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace gatescope
