#pragma once

#include <QString>
#include <filesystem>
#include <optional>

namespace gatescope {

/// Remembers in the profile that a model is being loaded, so that a model which ended the program
/// is not loaded again by itself at the next start. UI thread only; writes one small file.
class LoadGuard {
  public:
    explicit LoadGuard(const std::filesystem::path& profileDir);
    ~LoadGuard();
    LoadGuard(const LoadGuard&) = delete;
    LoadGuard& operator=(const LoadGuard&) = delete;

    /// The model whose load the last run did not survive.
    const std::optional<QString>& interrupted() const { return interrupted_; }
    void begin(const QString& model);
    void end();

  private:
    QString file_;
    std::optional<QString> interrupted_;
};

}  // namespace gatescope
