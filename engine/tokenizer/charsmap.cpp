#include "engine/tokenizer/charsmap.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "engine/error_codes.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

constexpr int kMaxRulesOnAPath = 32;  // Normalizer::kMaxTrieResultsSize
constexpr std::size_t kMaxReplacement = 256;

// One unit of the double array.
std::uint32_t label(std::uint32_t unit) {
    return unit & ((1U << 31) | 0xFFU);
}
std::uint32_t stepTo(std::uint32_t unit) {
    return (unit >> 10) << ((unit & (1U << 9)) >> 6);
}
bool hasValue(std::uint32_t unit) {
    return ((unit >> 8) & 1U) != 0;
}
std::uint32_t valueOf(std::uint32_t unit) {
    return unit & ((1U << 31) - 1);
}

class CharsmapCheck {
  public:
    CharsmapCheck(std::string_view blob, std::string_view file, std::size_t offset)
        : file_(file), offset_(offset) {
        if (blob.size() < 4) refuse(0, "4 bytes of trie size", fmt::format("{}", blob.size()));
        std::uint32_t trieBytes = 0;
        std::memcpy(&trieBytes, blob.data(), 4);
        if (trieBytes > blob.size() - 4)
            refuse(0,
                   fmt::format("a trie of at most {} bytes", blob.size() - 4),
                   fmt::format("{}", trieBytes));
        units_.resize(trieBytes / 4);
        if (units_.empty()) refuse(0, "a trie of at least one unit", "none");
        std::memcpy(units_.data(), blob.data() + 4, units_.size() * 4);
        replacements_ = blob.substr(4 + trieBytes);
        replacementsAt_ = 4 + trieBytes;
    }

    /// Depth first over states, with a stack of its own: a crafted chain may be as long as the
    /// file.
    void run() {
        rulesBelow_.assign(units_.size(), kUnseen);
        const std::uint32_t root = stepTo(units_[0]);
        enter(root, 0);
        while (!stack_.empty()) {
            Frame& frame = stack_.back();
            if (frame.nextByte == 256) {
                leave();
                continue;
            }
            const std::uint32_t at = frame.state ^ static_cast<std::uint32_t>(frame.nextByte++);
            const std::uint32_t unit = units_[at];
            if (label(unit) != (at ^ frame.state)) continue;
            follow(at, unit);
        }
    }

  private:
    static constexpr int kUnseen = -1;
    static constexpr int kOpen = -2;
    struct Frame {
        std::uint32_t state = 0;
        int nextByte = 0;
        int rulesHere = 0;   ///< 1 when the step into this state ended a rule
        int rulesBelow = 0;  ///< most rules on any path from here on
    };

    [[noreturn]] void refuse(std::size_t at,
                             const std::string& expected,
                             const std::string& found) const {
        gatescope::refuse(ErrorCode::TokenizerCharsmap,
                          fmt::format("{}: precompiled_charsmap at byte {}", file_, offset_ + at),
                          fmt::format("expected {}, found {}", expected, found));
    }

    std::size_t unitOffset(std::uint32_t unit) const {
        return 4 + static_cast<std::size_t>(unit) * 4;
    }

    /// A state is the base its 256 successors are found from by XOR: all of them are read, whatever
    /// the text, so all must exist.
    void enter(std::uint32_t state, int rulesHere) {
        if ((state | 0xFFU) >= units_.size())
            refuse(0,
                   fmt::format("states inside its {} units", units_.size()),
                   fmt::format("one at {}", state | 0xFFU));
        rulesBelow_[state] = kOpen;
        stack_.push_back({.state = state, .rulesHere = rulesHere});
    }

    void leave() {
        const Frame done = stack_.back();
        stack_.pop_back();
        rulesBelow_[done.state] = done.rulesBelow;
        if (!stack_.empty()) count(done.rulesHere + done.rulesBelow, done.state);
    }

    /// The best path through the state on top of the stack has at least `rules` rules below it.
    void count(int rules, std::uint32_t state) {
        if (rules > kMaxRulesOnAPath)
            refuse(unitOffset(state),
                   fmt::format("at most {} rules that begin one another", kMaxRulesOnAPath),
                   "more");
        if (rules > stack_.back().rulesBelow) stack_.back().rulesBelow = rules;
    }

    void follow(std::uint32_t at, std::uint32_t unit) {
        const std::uint32_t target = at ^ stepTo(unit);
        if (target >= units_.size())
            refuse(unitOffset(at),
                   fmt::format("a step inside {} units", units_.size()),
                   fmt::format("one to {}", target));
        const int rulesHere = hasValue(unit) ? 1 : 0;
        if (hasValue(unit)) checkReplacement(target);
        if (rulesBelow_[target] == kOpen) refuse(unitOffset(at), "no cycle", "one");
        if (rulesBelow_[target] == kUnseen) {
            enter(target, rulesHere);
        } else {
            count(rulesHere + rulesBelow_[target], target);
        }
    }

    void checkReplacement(std::uint32_t unit) const {
        const std::uint32_t begin = valueOf(units_[unit]);
        if (begin >= replacements_.size())
            refuse(unitOffset(unit),
                   fmt::format("a replacement inside {} bytes", replacements_.size()),
                   fmt::format("one at {}", begin));
        const auto text = replacements_.substr(begin, kMaxReplacement + 1);
        const auto end = text.find('\0');
        if (end == std::string_view::npos)
            refuse(replacementsAt_ + begin,
                   fmt::format("a replacement of at most {} bytes and a NUL", kMaxReplacement),
                   "no NUL");
        if (!isUtf8(text.substr(0, end)))
            refuse(replacementsAt_ + begin, "a replacement in UTF-8", "other bytes");
    }

    std::string_view file_;
    std::size_t offset_;
    std::vector<std::uint32_t> units_;
    std::string_view replacements_;
    std::size_t replacementsAt_ = 0;
    std::vector<int> rulesBelow_;  ///< by state
    std::vector<Frame> stack_;
};

}  // namespace

void checkCharsmap(std::string_view blob, std::string_view file, std::size_t offset) {
    CharsmapCheck(blob, file, offset).run();
}

}  // namespace gatescope
