#pragma once

#include <QObject>
#include <QString>
#include <optional>

#include "engine/plan/model_summary.h"
#include "ui/newest_answer.h"

namespace gatescope {

/// What could be learnt of a model: its summary, or why there is none.
struct ModelPreview {
    QString model;  ///< as asked for
    std::optional<ModelSummary> summary;
    QString
        error;  ///< one sentence from a file's reader, not yet made visible; empty beside a summary
};

/// Reads summaries on a worker thread; an answer to an older wish than the last drops itself. UI
/// thread only; nothing here blocks, the destructor neither.
class ModelPreviewReader : public QObject {
    Q_OBJECT
  public:
    explicit ModelPreviewReader(QObject* parent = nullptr);

    /// Answered by arrived(), unless another ask() or forget() comes first.
    /// `decoder`: "cpu" or "cuda", in whose memory it has to fit.
    void ask(const QString& model, const QString& decoder = QStringLiteral("cpu"));
    void forget();

  Q_SIGNALS:
    void arrived(const gatescope::ModelPreview& preview);

  private:
    struct Wish {
        QString model;
        QString decoder;
    };
    static ModelPreview read(const Wish& wish) noexcept;

    NewestAnswer<Wish, ModelPreview> reader_;
};

}  // namespace gatescope
