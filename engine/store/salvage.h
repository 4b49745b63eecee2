#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace gatescope {

/// What was taken out of a damaged library, and what is missing of what it is known to have held.
struct SalvageReport {
    int conversations = 0;  ///< in the new library
    int messages = 0;       ///< in the new library
    int lostMessages = 0;   ///< of these conversations; their replies follow what came before
    int cutTexts = 0;       ///< messages of which a part of the text is lost
    int unnamed = 0;        ///< conversations of which only messages are left
    int mended = 0;         ///< messages of which role, place or settings are lost and were guessed
    int withoutTokens = 0;  ///< messages that keep their text, and neither tokens nor routing
    int withoutRouting = 0;  ///< messages that keep text and tokens, and not all of the routing
    bool complete() const {
        return lostMessages + cutTexts + unnamed + mended + withoutTokens + withoutRouting == 0;
    }
};

/// Of the file's bytes, counted twice: once they are read, once what is in them is written.
using SalvageProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Reads what can be read of the damaged library `from` into a new one, `to`, which must not exist
/// and appears whole or not at all. What lies on pages that are not damaged is in it: rows whose
/// page is lost are put together again from others that speak of them (chunks, indices, the search
/// index's own text). `from`, its log included, is never written to. Empty: stopped. Blocks on the
/// disk. Throws Error(BadUsage) when `to` exists, Error(BadInput) when there is no conversation to
/// be read, Error(DeviceFault) for disk errors.
std::optional<SalvageReport> salvageLibrary(const std::filesystem::path& from,
                                            const std::filesystem::path& to,
                                            const SalvageProgress& progress = {},
                                            const std::stop_token& stop = {});

/// "12 conversations with 340 messages; 2 messages are lost, ...".
std::string describe(const SalvageReport& report);

/// Salvages `library` and puts the new one in its place; the damaged one, its log included, is kept
/// beside it as "library-damaged-2026-11-30.sqlite", whose path is in `kept`. When this throws or
/// is stopped, `library` is as it was.
struct Rescue {
    SalvageReport report;
    std::filesystem::path kept;
};
std::optional<Rescue> rescueInPlace(const std::filesystem::path& library,
                                    const std::stop_token& stop = {});

}  // namespace gatescope
