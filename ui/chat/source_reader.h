#pragma once

#include <QString>
#include <cstddef>
#include <string>

namespace gatescope {

/// Reads a message's text into what the window shows of it: its characters made visible, without
/// the blanks it begins with and the line feeds it ends with. What streams in is added to what was
/// read, and of a long text only as much is taken as is asked for. A value; tested without a
/// widget.
class SourceReader {
  public:
    /// Adds to `shown` what of the first `most` bytes of `utf8` was not taken before; stops behind
    /// a line where one ends near there. Requires that `utf8` begins with what was taken.
    void take(const std::string& utf8, std::size_t most, QString& shown);
    /// What was not taken, made visible.
    QString rest(const std::string& utf8) const;
    std::size_t taken() const { return taken_; }
    /// UTF-16 units of the message's text in front of what is shown: a reply goes on behind
    /// "Assistant:", so it begins with a blank.
    int lead() const { return lead_; }

  private:
    std::size_t taken_ = 0;  ///< bytes
    int lead_ = 0;
    int feeds_ = 0;  ///< line feeds that are shown once something follows them
    int marks_ = 0;  ///< combining marks that the text taken ends with
};

}  // namespace gatescope
