#pragma once

#include <QSettings>
#include <QStringList>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "ui/chat/token_tint.h"
#include "ui/engine_bridge.h"

class QWidget;

namespace gatescope {

/// What was open when the program asked to be started again.
struct OpenWork {
    QString model;    ///< may be empty
    QString decoder;  ///< DecoderOptions::kind
    std::optional<ConversationId> conversation;
    QString recording;  ///< the file that was shown instead; may be empty
    QString composerText;
};

/// The language chosen in a profile that no window has opened yet: translations come before the
/// first widget.
QString languageIn(const std::filesystem::path& profileDir);

/// What the profile remembers about the window: theme, geometry, layouts, sampler, recent models.
/// One file, window.ini in the profile; conversations are in the library. UI thread only.
class ProfileSettings {
  public:
    /// Makes the folder. Throws Error(DeviceFault) if it cannot.
    explicit ProfileSettings(const std::filesystem::path& profileDir);

    QSettings& store() { return store_; }
    QString themeName() const;  ///< one of ThemeChoice::names()
    void saveThemeName(const QString& name);
    /// A code of languages() or kSystemLanguage, and what a file edited by hand says instead: see
    /// languageFor().
    QString language() const;
    void setLanguage(const QString& choice);
    int textSize() const;  ///< percent
    void saveTextSize(int percent);
    bool reducedMotion() const;
    void saveReducedMotion(bool reduced);
    bool notifies() const;  ///< of long replies that are done
    void setNotifies(bool on);
    bool learnsHeat() const;  ///< which experts are hot, from what is said; at first yes
    void setLearnsHeat(bool on);
    bool noticesShowText() const;
    void setNoticesShowText(bool on);
    void restoreGeometry(QWidget& window) const;
    void saveGeometry(const QWidget& window);
    /// Values outside the sampler's ranges (a file edited by hand) are left out.
    void restoreReplySettings(EngineBridge& bridge) const;
    void saveReplySettings(const EngineBridge& bridge);
    QStringList recentModels() const;
    void addRecentModel(const QString& model);
    TintSetting tint() const;
    void saveTint(const TintSetting& tint);
    /// Of the filter box, newest first.
    QStringList filterHistory() const;
    void saveFilterHistory(const QStringList& history);
    /// Of the list of conversations.
    std::set<std::string> closedFolders() const;
    void saveClosedFolders(const std::set<std::string>& folders);
    QString lastFolder() const;
    void setLastFolder(const QString& folder);
    /// DecoderOptions::kind of the models that are opened; "cpu" at first.
    QString decoder() const;
    void setDecoder(const QString& kind);
    /// For the next start, on disk before it returns.
    void saveOpenWork(const OpenWork& work);
    /// What the last run saved, once.
    std::optional<OpenWork> takeOpenWork();

  private:
    QSettings store_;
};

}  // namespace gatescope
