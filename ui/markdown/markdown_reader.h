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
    /// Rows of a table that are shown unless all are asked for.
    static constexpr int kShownRows = 200;

    /// Reads `source` from its beginning.
    void read(QStringView source);
    /// For what is read from now on: of a long table all rows are shown, instead of the first and a
    /// block that says how many there are.
    void showAllRows() { allRows_ = true; }
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

    /// A table that is too long to be read at once, and may go on.
    struct OpenTable {
        int begin = 0;   ///< of its head
        int rows = 0;    ///< behind the line below the head
        int next = 0;    ///< the first row that may still change
        int hidden = 0;  ///< where rows begin that are only counted
        int count = 0;   ///< of rows in front of `next`
    };

    static std::optional<FenceMark> fenceOf(QStringView line);
    static bool closes(QStringView line, const FenceMark& fence);
    static bool isListItem(QStringView line);
    static bool isTableRow(QStringView line);
    static int behindTableHead(QStringView source, int begin);
    void readOn(QStringView source);
    bool beginTable(QStringView source, int begin);
    bool readTable(QStringView source);
    bool addRows(QStringView source, int begin, int end);
    void addHidden(int end, int rows);
    void addCode(int begin, const FenceMark& mark);
    /// Reads on in `code_`. Where it ends, with the fence that closes it; empty while it is open.
    std::optional<int> readCode(QStringView source);
    void finish(int end);
    void addPart(QStringView source, int begin, int end);
    void addPlain(QStringView source, int begin, int end);
    int goOn(QStringView source);

    FormattedText result_;
    int readTo_ = 0;               ///< in front of it nothing changes any more
    std::size_t numFinished_ = 0;  ///< blocks of that part
    /// Where the last finished block begins in the source, when its last line, which is too long to
    /// be read as Markdown, may still go on.
    std::optional<int> lineFrom_;
    std::optional<OpenCode> code_;
    std::optional<OpenTable> table_;
    bool allRows_ = false;
};

}  // namespace gatescope
