#include "ui/docks/model_reader.h"

#include <QThreadPool>
#include <exception>
#include <mutex>
#include <utility>

#include "engine/model/fingerprint.h"
#include "engine/model/open_model.h"

namespace gatescope {
namespace {

constexpr int kBins = 48;

}  // namespace

/// The worker's way back. It outlives the reader as long as a read is under way.
struct ModelReader::Mailbox {
    std::mutex mutex;  ///< guards reader; held while an answer is posted, never while one is read
    ModelReader* reader;
};

ModelReader::ModelReader(QObject* parent) : QObject(parent), mailbox_(std::make_shared<Mailbox>()) {
    mailbox_->reader = this;
}

ModelReader::~ModelReader() {
    stop_.request_stop();
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->reader = nullptr;
}

void ModelReader::readTensors(const QString& model) {
    ask({model, ModelReading::Kind::Tensors, 0});
}

void ModelReader::readHistogram(const QString& model, std::size_t tensor) {
    ask({model, ModelReading::Kind::Histogram, tensor});
}

void ModelReader::readRouters(const QString& model) {
    ask({model, ModelReading::Kind::Routers, 0});
}

void ModelReader::readFingerprint(const QString& model) {
    ask({model, ModelReading::Kind::Fingerprint, 0});
}

void ModelReader::forget() {
    ++lastRequest_;
    waiting_.reset();
    stop_.request_stop();
}

void ModelReader::ask(Wish wish) {
    forget();
    waiting_ = std::move(wish);
    if (!reading_) start();
}

/// A border: no exception may reach Qt's thread pool.
ModelReading ModelReader::readNow(const Wish& wish, const std::stop_token& stop) noexcept {
    ModelReading reading{.kind = wish.kind, .tensor = wish.tensor};
    try {
        const auto source = openModel(wish.model.toStdString());
        switch (wish.kind) {
            case ModelReading::Kind::Tensors:
                reading.layouts = source->layouts();
                break;
            case ModelReading::Kind::Histogram:
                reading.histogram = tensorHistogram(*source, wish.tensor, kBins, stop);
                break;
            case ModelReading::Kind::Routers:
                if (auto routers = readRouterGeometry(*source, stop))
                    reading.routers = *std::move(routers);
                break;
            case ModelReading::Kind::Fingerprint:
                reading.fingerprint = QString::fromStdString(modelFingerprint(*source, stop));
                break;
        }
    } catch (const std::exception& problem) {
        reading.error = QString::fromUtf8(problem.what());
    }
    return reading;
}

void ModelReader::start() {
    reading_ = true;
    stop_ = std::stop_source();
    const Wish wish = *std::exchange(waiting_, std::nullopt);
    QThreadPool::globalInstance()->start(
        [mailbox = mailbox_, request = lastRequest_, wish, stop = stop_.get_token()] {
            const auto reading = std::make_shared<const ModelReading>(readNow(wish, stop));
            const std::lock_guard lock(mailbox->mutex);
            ModelReader* reader = mailbox->reader;
            if (reader == nullptr) return;
            QMetaObject::invokeMethod(
                reader,
                [reader, request, reading] { reader->land(request, reading); },
                Qt::QueuedConnection);
        });
}

void ModelReader::land(quint64 request, const std::shared_ptr<const ModelReading>& reading) {
    reading_ = false;
    if (waiting_) start();
    if (request == lastRequest_) Q_EMIT arrived(*reading);
}

}  // namespace gatescope
