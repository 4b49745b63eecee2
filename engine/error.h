#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace gatescope {

/// What went wrong, as far as a caller has to tell it apart. app/exit_status.h maps each to an exit
/// status.
enum class ErrorKind {
    BadUsage,     ///< the request itself makes no sense: an option, an id out of range
    BadInput,     ///< a file is damaged, unsupported or not what it claims to be
    NoMemory,     ///< host or device memory is too small
    DeviceFault,  ///< disk, GPU or another device failed
};

/// The one exception type of the project: the world's fault, never a bug (those are GS_CHECK).
/// what() is one sentence for the user: what failed, which file, where, expected, found, what to
/// do. Header-only, so that it stays one type across the border of a module loaded at run time.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& message, std::string code = {})
        : std::runtime_error(message), kind_(kind), code_(std::move(code)) {}
    ErrorKind kind() const { return kind_; }
    /// "GGUF-207", the same as at the end of what(); empty where the table of codes
    /// (engine/error_codes.h) has none.
    const std::string& code() const { return code_; }

  private:
    ErrorKind kind_;
    std::string code_;
};

}  // namespace gatescope
