#pragma once

#include <QWidget>
#include <filesystem>
#include <string>

#include "tests/ui/view_parts.h"

namespace gatescope::test {

/// What a view is given, over the demo model.
struct DemoChat : ViewParts {
    DemoChat() {
        QObject::connect(&bridge, &EngineBridge::errorOccurred, [](const QString& sentence) {
            qWarning("the window says: %s", qPrintable(sentence));
        });
        theme.apply();
        SamplerConfig sampler;
        sampler.seed = 7;
        session().setSampler(sampler);
        session().setMaxTokens(40);
    }
    bool load() { return open(std::string(GATESCOPE_SOURCE_DIR) + "/resources/demo/model"); }
};

inline void picture(QWidget& widget, const char* name) {
    const auto folder = std::filesystem::path(GATESCOPE_BINARY_DIR) / "ui-pictures";
    std::filesystem::create_directories(folder);
    widget.grab().save(QString::fromStdString((folder / name).string() + ".png"));
}

}  // namespace gatescope::test
