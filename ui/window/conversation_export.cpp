#include "ui/window/conversation_export.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QThreadPool>
#include <algorithm>
#include <mutex>
#include <utility>

#include "ui/engine_bridge.h"

namespace gatescope {

/// The worker's way back, as long as a job is under way.
struct ConversationExport::Mailbox {
    std::mutex mutex;  ///< guards exporter; held while an answer is posted, never while one is made
    ConversationExport* exporter;
};

struct ConversationExport::Job {
    std::shared_ptr<QTemporaryDir> scratch;  ///< holds `recording`; null: it is a file of the user
    std::filesystem::path recording;
    std::filesystem::path target;
    ExportFormat format = ExportFormat::Npz;
    MessageId leaf = 0;
    Versions versions = Versions::Shown;
};

namespace {

constexpr int kLongestName = 60;

/// The last message of the branch; one not yet kept has no id, and is the newest.
MessageId leafOf(const ChatSession& session) {
    return session.messages().empty() ? 0 : session.messages().back().id;
}

}  // namespace

/// The sentence about what went wrong; empty: written. A border: no exception may reach Qt's pool.
QString ConversationExport::exportNow(const Job& job) noexcept {
    try {
        exportRecordingAs(job.recording, job.target, job.format, job.leaf, job.versions);
        return {};
    } catch (const std::exception& problem) {
        return QString::fromUtf8(problem.what());
    }
}

ConversationExport::ConversationExport(EngineBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge), mailbox_(std::make_shared<Mailbox>()) {
    mailbox_->exporter = this;
}

ConversationExport::~ConversationExport() {
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->exporter = nullptr;
}

QString ConversationExport::suggestedName() const {
    const ChatSession& session = bridge_.session();
    QString title;
    if (session.isReplay()) {
        title = QString::fromStdString(session.replayFile().stem().string());
    } else {
        const auto& all = session.conversations();
        const auto shown = std::ranges::find_if(
            all, [&](const auto& c) { return c.id == session.currentConversation(); });
        if (shown != all.end()) title = QString::fromStdString(shown->title);
    }
    QString name;
    for (const QChar c : title.left(kLongestName))
        name += c.isLetterOrNumber() ? c : QLatin1Char('-');
    while (name.endsWith(QLatin1Char('-'))) name.chop(1);
    return name.isEmpty() ? tr("conversation") : name;
}

void ConversationExport::write(const QString& file, ExportFormat format, Versions versions) {
    auto job = std::make_shared<Job>();
    job->target = file.toStdString();
    job->format = format;
    job->versions = versions;
    job->leaf = leafOf(bridge_.session());
    if (bridge_.session().isReplay()) {
        job->recording = bridge_.session().replayFile();
        startWorker(std::move(job));
        return;
    }
    job->scratch = std::make_shared<QTemporaryDir>();
    if (!job->scratch->isValid()) {
        Q_EMIT failed(tr("Nothing was exported: %1").arg(job->scratch->errorString()));
        return;
    }
    const QString name = QFileInfo(file).completeBaseName() + QStringLiteral(".gscope");
    job->recording = job->scratch->filePath(name).toStdString();
    bridge_.run([this, job, mailbox = mailbox_](ChatSession& session) {
        session.saveRecording(job->recording, [this, job, mailbox](const auto& error) {
            {
                const std::lock_guard lock(mailbox->mutex);
                if (mailbox->exporter == nullptr) return;
            }
            if (error)
                Q_EMIT failed(QString::fromStdString(*error));
            else
                startWorker(job);
        });
    });
}

void ConversationExport::startWorker(std::shared_ptr<const Job> job) {
    QThreadPool::globalInstance()->start([mailbox = mailbox_, job = std::move(job)] {
        const QString error = exportNow(*job);
        const QString file = QString::fromStdString(job->target.string());
        const std::lock_guard lock(mailbox->mutex);
        ConversationExport* exporter = mailbox->exporter;
        if (exporter == nullptr) return;
        QMetaObject::invokeMethod(
            exporter,
            [exporter, error, file] {
                if (error.isEmpty())
                    Q_EMIT exporter->written(file);
                else
                    Q_EMIT exporter->failed(error);
            },
            Qt::QueuedConnection);
    });
}

}  // namespace gatescope
