#include "ui/chat/model_preview.h"

#include <QThreadPool>
#include <exception>
#include <mutex>
#include <utility>

#include "engine/model/open_model.h"

namespace gatescope {

/// The worker's way back. It outlives the reader as long as a read is under way.
struct ModelPreviewReader::Mailbox {
    std::mutex mutex;  ///< guards reader; held while an answer is posted, never while one is read
    ModelPreviewReader* reader;
};

namespace {

/// A border: no exception may reach Qt's thread pool.
ModelPreview readPreview(const QString& model, const QString& decoder) noexcept {
    ModelPreview preview{.model = model, .summary = {}, .error = {}};
    try {
        preview.summary =
            summarize(*openModel(model.toStdString()), {.kind = decoder.toStdString()});
    } catch (const std::exception& problem) {
        preview.error = QString::fromUtf8(problem.what());
    }
    return preview;
}

}  // namespace

ModelPreviewReader::ModelPreviewReader(QObject* parent)
    : QObject(parent), mailbox_(std::make_shared<Mailbox>()) {
    mailbox_->reader = this;
}

ModelPreviewReader::~ModelPreviewReader() {
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->reader = nullptr;
}

void ModelPreviewReader::ask(const QString& model, const QString& decoder) {
    ++lastRequest_;
    waiting_ = Wish{model, decoder};
    if (!reading_) start();
}

void ModelPreviewReader::forget() {
    ++lastRequest_;
    waiting_.reset();
}

void ModelPreviewReader::start() {
    reading_ = true;
    const Wish wish = *std::exchange(waiting_, std::nullopt);
    QThreadPool::globalInstance()->start([mailbox = mailbox_, request = lastRequest_, wish] {
        const auto preview =
            std::make_shared<const ModelPreview>(readPreview(wish.model, wish.decoder));
        const std::lock_guard lock(mailbox->mutex);
        ModelPreviewReader* reader = mailbox->reader;
        if (reader == nullptr) return;
        QMetaObject::invokeMethod(
            reader,
            [reader, request, preview] { reader->land(request, preview); },
            Qt::QueuedConnection);
    });
}

void ModelPreviewReader::land(quint64 request, const std::shared_ptr<const ModelPreview>& preview) {
    reading_ = false;
    if (waiting_) start();
    if (request == lastRequest_) Q_EMIT arrived(*preview);
}

}  // namespace gatescope
