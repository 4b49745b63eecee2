#pragma once

#include <QObject>
#include <QString>
#include <memory>

#include "engine/store/recording.h"

class QTemporaryDir;

namespace gatescope {

class EngineBridge;

/// Writes the branch that is shown as arrays, tables, a page or text to read. The store's thread
/// makes a recording of the conversation, a worker thread reads it and writes the files; one that
/// is shown from a recording is read from there. UI thread only; nothing here blocks, the
/// destructor neither: what is under way ends alone and tells nobody.
class ConversationExport : public QObject {
    Q_OBJECT
  public:
    explicit ConversationExport(EngineBridge& bridge, QObject* parent = nullptr);
    ~ConversationExport() override;

    /// A file name without a suffix, from the conversation's title.
    QString suggestedName() const;
    /// Writes `file` and what the format has beside it (exportRecording()). Answered by written()
    /// or failed().
    void write(const QString& file, ExportFormat format, Versions versions = Versions::Shown);

  Q_SIGNALS:
    void written(const QString& file);
    void failed(const QString& sentence);

  private:
    struct Mailbox;
    struct Job;
    static QString exportNow(const Job& job) noexcept;
    void startWorker(std::shared_ptr<const Job> job);

    EngineBridge& bridge_;
    std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace gatescope
