#pragma once

#include <QFileSystemWatcher>
#include <QObject>
#include <QThreadPool>
#include <QTimer>
#include <filesystem>
#include <functional>
#include <vector>

#include "engine/settings/settings_files.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// A person's own presets and prompt templates: files in the profile (PROFILE/presets and
/// PROFILE/templates), read and written on a thread beside the window's, and read again when
/// somebody edits them with another program. The templates are given to the session. UI thread
/// only.
class OwnSettings : public QObject {
    Q_OBJECT
  public:
    OwnSettings(EngineBridge& bridge,
                const std::filesystem::path& profileDir,
                QObject* parent = nullptr);
    ~OwnSettings() override;

    const std::vector<ReplyPreset>& presets() const { return presets_; }
    const std::filesystem::path& presetFolder() const { return presetFolder_; }
    const std::filesystem::path& templateFolder() const { return templateFolder_; }
    /// Each writes and reads again; what cannot be written is told by problemFound().
    void savePreset(const ReplyPreset& preset);
    void removePreset(const std::string& name);
    void saveTemplate(const PromptTemplate& t);
    void removeTemplate(const std::string& name);

  Q_SIGNALS:
    void presetsChanged();
    void templatesChanged();  ///< the session has them
    /// One sentence: a file that cannot be read or written.
    void problemFound(const QString& sentence);

  private:
    struct Read {
        SettingsFolder<ReplyPreset> presets;
        SettingsFolder<PromptTemplate> templates;
    };
    void readAgain();
    void take(Read read);
    void change(std::function<void()> work);

    EngineBridge& bridge_;
    std::filesystem::path presetFolder_;
    std::filesystem::path templateFolder_;
    std::vector<ReplyPreset> presets_;
    std::vector<std::string> toldOf_;  ///< problems that have been told
    QThreadPool disk_;                 ///< one thread: in order
    QFileSystemWatcher watcher_;
    QTimer changed_;
};

}  // namespace gatescope
