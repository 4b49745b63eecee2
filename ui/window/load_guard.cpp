#include "ui/window/load_guard.h"

#include <QFile>

namespace gatescope {
namespace {

constexpr qint64 kMaxModelLength = 4096;

}  // namespace

LoadGuard::LoadGuard(const std::filesystem::path& profileDir)
    : file_(QString::fromStdString((profileDir / "loading").string())) {
    QFile file(file_);
    if (file.open(QIODevice::ReadOnly))
        interrupted_ = QString::fromUtf8(file.read(kMaxModelLength));
}

LoadGuard::~LoadGuard() {
    end();
}

// A file that cannot be written costs the protection, not the load.
void LoadGuard::begin(const QString& model) {
    QFile file(file_);
    if (file.open(QIODevice::WriteOnly | QIODevice::Truncate)) file.write(model.toUtf8());
}

void LoadGuard::end() {
    QFile::remove(file_);
}

}  // namespace gatescope
