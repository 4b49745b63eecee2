#include "app/cli/standard_input.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/error.h"

namespace gatescope::cli {

StandardInput::State StandardInput::fill() {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, 20) <= 0) return State::Waiting;
    std::array<char, 65536> chunk{};
    const ssize_t count = read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return State::Waiting;
    if (count < 0)
        throw Error(ErrorKind::BadInput,
                    fmt::format("standard input could not be read: {}", std::strerror(errno)));
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    return count == 0 ? State::Ended : State::Line;
}

StandardInput::State StandardInput::next(std::string& line) {
    for (;;) {
        if (const auto end = buffer_.find('\n'); end != std::string::npos) {
            line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return State::Line;
        }
        const State state = fill();
        if (state == State::Waiting) return state;
        if (state == State::Line) continue;
        if (buffer_.empty()) return State::Ended;
        line = std::exchange(buffer_, {});
        return State::Line;
    }
}

std::optional<std::string> StandardInput::readAll(const std::stop_token& stop) {
    while (!stop.stop_requested())
        if (fill() == State::Ended) return std::exchange(buffer_, {});
    return std::nullopt;
}

}  // namespace gatescope::cli
