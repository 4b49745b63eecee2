#pragma once

#include <QString>
#include <optional>

#include "ui/markdown/formatted_text.h"

namespace gatescope {

/// Reads a message that grows. What is followed by a finished paragraph is read once and kept; only
/// the tail behind it is read again, so a streamed token costs the same in a long reply as in a
/// short one. Any text ends in bounded time: what would take longer is shown as it is. UI thread
/// only.
class MarkdownReader {
  public:
    /// Reads `source` from its beginning.
    void read(QStringView source);
    /// Reads a source that begins with what was read last. Gives back the first place in
    /// result().text() from which it may look different now.
    int readMore(QStringView source);
    const FormattedText& result() const { return result_; }

  private:
    /// How a fence of code begins: its length, its sign and the language.
    struct FenceMark {
        qsizetype length = 0;
        QChar sign;
        QString language;
    };
    /// Code whose fence has not been closed, or whose last line may still go on.
    struct OpenCode {
        FenceMark mark;
        int begin = 0;  ///< of the code
        int line = 0;   ///< where the first one begins that may still change
    };

    static std::optional<FenceMark> fenceOf(QStringView line);
    static bool closes(QStringView line, const FenceMark& fence);
    void readOn(QStringView source);
    void addCode(int begin, const FenceMark& mark);
    /// Reads on in `code_`. Where it ends, with the fence that closes it; empty while it is open.
    std::optional<int> readCode(QStringView source);
    void finish(int end);
    void addPart(QStringView source, int begin, int end);
    void addPlain(QStringView source, int begin, int end, bool goesOn);

    FormattedText result_;
    int readTo_ = 0;               ///< in front of it nothing changes any more
    std::size_t numFinished_ = 0;  ///< blocks of that part
    bool goesOn_ = false;          ///< what follows is the same paragraph, cut for its length
    std::optional<OpenCode> code_;
};

}  // namespace gatescope
