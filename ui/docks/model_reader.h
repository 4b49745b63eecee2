#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "engine/model/router_geometry.h"
#include "engine/model/tensor_histogram.h"

namespace gatescope {

/// What was asked for and could be read, or why not.
struct ModelReading {
    enum class Kind { Tensors, Histogram, Routers, Fingerprint };
    Kind kind = Kind::Tensors;
    std::size_t tensor = 0;             ///< of the histogram
    std::vector<TensorLayout> layouts;  ///< of Tensors
    std::optional<TensorHistogram> histogram;
    std::vector<RouterGeometry> routers;
    QString fingerprint;
    QString error;  ///< one sentence, not yet made visible; empty: all is well
};

/// Reads parts of a model's files on a worker thread, one at a time; only the newest wish waits,
/// and a new one stops what is being read. UI thread only; nothing here blocks, the destructor
/// neither: a read that is under way is told to stop, ends alone and tells nobody.
class ModelReader : public QObject {
    Q_OBJECT
  public:
    explicit ModelReader(QObject* parent = nullptr);
    ~ModelReader() override;

    void readTensors(const QString& model);
    void readHistogram(const QString& model, std::size_t tensor);
    void readRouters(const QString& model);
    void readFingerprint(const QString& model);
    /// No answer comes any more.
    void forget();
    /// A read is under way, or waits for one that is.
    bool busy() const { return reading_ || waiting_; }

  Q_SIGNALS:
    void arrived(const gatescope::ModelReading& reading);

  private:
    struct Mailbox;
    struct Wish {
        QString model;
        ModelReading::Kind kind = ModelReading::Kind::Tensors;
        std::size_t tensor = 0;
    };
    static ModelReading readNow(const Wish& wish, const std::stop_token& stop) noexcept;
    void ask(Wish wish);
    void start();
    void land(quint64 request, const std::shared_ptr<const ModelReading>& reading);

    std::shared_ptr<Mailbox> mailbox_;
    std::stop_source stop_;
    quint64 lastRequest_ = 0;
    std::optional<Wish> waiting_;
    bool reading_ = false;
};

}  // namespace gatescope
