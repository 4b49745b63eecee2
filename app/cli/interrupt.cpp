#include "app/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "app/exit_status.h"

namespace gatescope::cli {

Interrupt::Interrupt() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    waiter_ = std::jthread([signals, source = source_](std::stop_token ended) mutable {
        for (int signal = 0; sigwait(&signals, &signal) == 0;) {
            if (ended.stop_requested()) return;
            if (source.stop_requested()) _exit(kExitInterrupted);
            source.request_stop();
        }
    });
}

/// Wakes the waiter with one of the signals it waits for: it would sit there for ever.
Interrupt::~Interrupt() {
    waiter_.request_stop();
    pthread_kill(waiter_.native_handle(), SIGTERM);
}

}  // namespace gatescope::cli
