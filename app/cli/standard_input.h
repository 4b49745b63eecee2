#pragma once

#include <optional>
#include <stop_token>
#include <string>

namespace gatescope::cli {

/// Standard input without ever blocking for long, so that Ctrl-C and a session that has to be
/// pumped are heard. One per process, used by one thread.
class StandardInput {
  public:
    enum class State { Line, Waiting, Ended };
    /// Waits up to 20 ms for a line; a last one without its newline counts.
    State next(std::string& line);
    /// Everything up to the end. Empty optional: stopped.
    std::optional<std::string> readAll(const std::stop_token& stop);

  private:
    /// Adds what is there to the buffer.
    State fill();

    std::string buffer_;
};

}  // namespace gatescope::cli
