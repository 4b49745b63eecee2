#pragma once

#include <QString>

#include "ui/markdown/formatted_text.h"

namespace gatescope {

/// Reads a message that grows. What is followed by a finished paragraph is read once and kept; only
/// the tail behind it is read again, so a streamed token costs the same in a long reply as in a
/// short one. Any text ends in bounded time: what would take longer is shown as it is. UI thread
/// only.
class MarkdownReader {
  public:
    /// Brings the blocks up to date with `source`.
    void read(const QString& source);
    const FormattedText& result() const { return result_; }

  private:
    struct Fence;
    void readOn(const QString& source);
    void addPart(QStringView source, int begin, int end);
    void addPlain(QStringView source, int begin, int end, bool goesOn);
    void addCode(QStringView source, int begin, int end, const QString& language);

    FormattedText result_;
    QString source_;
    int readTo_ = 0;               ///< in front of it nothing changes any more
    std::size_t numFinished_ = 0;  ///< blocks of that part
    bool goesOn_ = false;          ///< what follows is the same paragraph, cut for its length
};

}  // namespace gatescope
