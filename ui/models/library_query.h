#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// What is typed into the search above the list of conversations: words, and between them
/// conditions on where a conversation is kept. `tag:NAME`, `in:FOLDER` (and what is in it),
/// `is:pinned`, `is:archived`, `is:draft`; a name with blanks stands in quotes. All of it has to
/// hold; capitals do not count. A value; no errors: what is no condition is a word.
struct LibraryQuery {
    QString words;
    QStringList tags;
    QStringList folders;
    bool pinned = false;
    bool archived = false;  ///< only those in the archive; else those in it are left out
    bool draft = false;

    static LibraryQuery parse(const QString& text);
    /// More than to leave out the archive.
    bool hasConditions() const;
    /// Of the conditions; words are the library's to look for.
    bool admits(const ConversationSummary& conversation) const;
    friend bool operator==(const LibraryQuery&, const LibraryQuery&) = default;
};

/// A name as a condition has it: in quotes where it needs them.
QString quotedName(const QString& name);

/// Whole lines that `text` may be completed to: its last word as a condition, or the name behind
/// `tag:` or `in:`.
QStringList completionsOf(const QString& text,
                          const QStringList& tags,
                          const std::vector<std::string>& folders);

}  // namespace gatescope
