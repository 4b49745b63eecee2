#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <optional>

#include "engine/plan/model_summary.h"

namespace gatescope {

/// What could be learnt of a model: its summary, or why there is none.
struct ModelPreview {
    QString model;  ///< as asked for
    std::optional<ModelSummary> summary;
    QString
        error;  ///< one sentence from a file's reader, not yet made visible; empty beside a summary
};

/// Reads summaries on a worker thread, one at a time: while one is read only the newest wish waits.
/// An answer to an older wish than the last drops itself by its number. UI thread only; nothing
/// here blocks, the destructor neither: a read that is under way ends alone and tells nobody.
class ModelPreviewReader : public QObject {
    Q_OBJECT
  public:
    explicit ModelPreviewReader(QObject* parent = nullptr);
    ~ModelPreviewReader() override;

    /// Answered by arrived(), unless another ask() or forget() comes first.
    /// `decoder`: "cpu" or "cuda", in whose memory it has to fit.
    void ask(const QString& model, const QString& decoder = QStringLiteral("cpu"));
    void forget();

  Q_SIGNALS:
    void arrived(const gatescope::ModelPreview& preview);

  private:
    struct Mailbox;
    struct Wish {
        QString model;
        QString decoder;
    };
    void start();
    void land(quint64 request, const std::shared_ptr<const ModelPreview>& preview);

    std::shared_ptr<Mailbox> mailbox_;
    quint64 lastRequest_ = 0;
    std::optional<Wish> waiting_;
    bool reading_ = false;
};

}  // namespace gatescope
