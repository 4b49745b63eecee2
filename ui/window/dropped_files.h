#pragma once

#include <QList>
#include <QString>
#include <QUrl>

namespace gatescope {

/// A file that was dropped on the window, and what it is there for. Judged by its name, its size
/// and, for a folder, the names in it: nothing is read.
struct DroppedFile {
    enum class Kind { Recording, Model, Text, Conversations };
    Kind kind = Kind::Text;
    QString path;  ///< what to open; of a model's part, its folder
    QString name;  ///< one line, as it is shown
    qint64 bytes = 0;
};

/// What a drop would do. Either all files can be taken, or none and `problem` says why, in one
/// sentence.
struct DropPlan {
    QList<DroppedFile> files;
    QString problem;
    QString headline() const;  ///< "Open the recording river.gscope"
    QString details() const;   ///< size, and about how many tokens; may be empty
};

/// One model or recording, or files of conversations (exports of other programs), or text files of
/// at most kMostTextBytes each and kMostTextsBytes in all.
DropPlan planDrop(const QList<QUrl>& urls);
inline constexpr qint64 kMostTextBytes = 256 * 1024;
inline constexpr qint64 kMostTextsBytes = 512 * 1024;

/// What was read of dropped text files: to go into the message, or why not.
struct DroppedText {
    QString text;     ///< one fenced block a file, each below its name
    QString problem;  ///< a sentence; then `text` is empty
};
/// Reads the files (at most kMostTextsBytes). Refuses what is not UTF-8 or holds a zero byte.
DroppedText readTexts(const QList<DroppedFile>& files);

/// A fence that is longer than any in the text, the language by the file's suffix.
QString fencedBlock(const QString& name, const QString& content);

}  // namespace gatescope
