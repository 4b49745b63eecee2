#include "ui/window/model_name.h"

#include <filesystem>

namespace gatescope {

QString displayName(const ModelInfo& model) {
    const bool sayNothing = model.name == "model" || model.name == "checkpoint";
    const auto folder = std::filesystem::path(model.model).lexically_normal().parent_path();
    if (!sayNothing || model.synthetic || folder.filename().empty())
        return QString::fromStdString(model.name);
    return QString::fromStdString(folder.filename().string() + "/" + model.name);
}

}  // namespace gatescope
