#include "ui/chat/model_preview.h"

#include <exception>

#include "engine/model/open_model.h"

namespace gatescope {

ModelPreviewReader::ModelPreviewReader(QObject* parent)
    : QObject(parent), reader_(&ModelPreviewReader::read, [this](const ModelPreview& preview) {
          Q_EMIT arrived(preview);
      }) {}

void ModelPreviewReader::ask(const QString& model, const QString& decoder) {
    reader_.ask({model, decoder});
}

void ModelPreviewReader::forget() {
    reader_.forget();
}

/// A border: no exception may reach Qt's thread pool.
ModelPreview ModelPreviewReader::read(const Wish& wish) noexcept {
    ModelPreview preview{.model = wish.model, .summary = {}, .error = {}};
    try {
        preview.summary =
            summarize(*openModel(wish.model.toStdString()), {.kind = wish.decoder.toStdString()});
    } catch (const std::exception& problem) {
        preview.error = QString::fromUtf8(problem.what());
    }
    return preview;
}

}  // namespace gatescope
