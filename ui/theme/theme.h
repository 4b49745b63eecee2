#pragma once

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>
#include <QString>
#include <QStringList>

class QPalette;

namespace gatescope {

/// What a colour is for. Text roles keep a contrast of at least 4.5 : 1 on Window, Surface, Raised
/// and Sunken, in high contrast 7 : 1 (tests/ui/theme_test.cpp); a soft role is a background for
/// its own full colour.
enum class ColorRole {
    Window,        ///< behind everything
    Surface,       ///< panels, docks, lists
    Raised,        ///< cards, fields, menus
    Sunken,        ///< wells: heatmap background, scroll troughs
    Hover,         ///< behind a row or button under the mouse
    Border,        ///< hairlines between areas
    BorderStrong,  ///< outline of fields and cells that must be seen
    Text,
    TextMuted,   ///< second line, captions
    TextFaint,   ///< hints, timestamps, axis labels
    Accent,      ///< the one colour that means "act here" or "this one"
    OnAccent,    ///< text on Accent
    AccentSoft,  ///< background of what is chosen
    UserBubble,
    Token,      ///< frame of the selected token, in the chat and in every inspector view
    TokenSoft,  ///< its fill
    Warning,    ///< interventions in force, provenance that is not "measured"
    WarningSoft,
    Error,
    ErrorSoft,
    Success,
};

enum class FontRole {
    Body,     ///< controls and lists
    Reading,  ///< chat text
    Strong,   ///< Body, semibold
    Small,    ///< captions, second lines
    Tiny,     ///< badges, axis labels
    Title,    ///< dock and section titles
    Display,  ///< empty states
    Mono,     ///< code and numbers that line up
    MonoSmall,
};

/// Colours, type and spacing of the window: dark, light or high contrast. Widgets that paint
/// themselves ask it at paint time and repaint on changed(). Everything else follows from the
/// palette and the style sheet that apply() gives the application. UI thread only; one per window,
/// owned by it.
class Theme : public QObject {
    Q_OBJECT
  public:
    enum class Mode { Light, Dark, HighContrast };
    explicit Theme(Mode mode = Mode::Dark, QObject* parent = nullptr);

    Mode mode() const { return mode_; }
    bool isDark() const { return mode_ != Mode::Light; }  ///< bright text on a dark ground
    bool isHighContrast() const { return mode_ == Mode::HighContrast; }
    void setMode(Mode mode);
    QString name() const;  ///< one of names(), as tours and settings write it
    /// False, and nothing changes, when there is no theme of that name.
    bool setName(const QString& name);
    static QStringList names();  ///< "dark", "light", "high-contrast"

    /// Size of all type and spacing against the default: the text size times the workspace's scale.
    qreal scale() const { return textSize_ / 100.0 * workspaceScale_; }
    /// What a workspace asks for on top of the text size; Present uses 1.35.
    void setScale(qreal scale);
    int textSize() const { return textSize_; }  ///< percent
    /// Brought into kSmallestText to kLargestText.
    void setTextSize(int percent);
    /// The next of the sizes offered, up or down.
    int textSizeBeside(int direction) const;
    static constexpr int kSmallestText = 80;
    static constexpr int kLargestText = 200;

    /// A person wants nothing to move or glow by itself: views leave out what only does that.
    bool reducedMotion() const { return reducedMotion_; }
    void setReducedMotion(bool reduced);

    /// Of frames that say where the keyboard is, in pixels.
    int focusWidth() const { return isHighContrast() ? 3 : 1; }

    QColor color(ColorRole role) const;
    QFont font(FontRole role) const;
    /// Logical pixels: `steps` times the 4 px grid, scaled.
    int space(int steps) const;
    int radius() const { return space(2); }

    /// One of our own SVGs (resources/icons, name without ".svg"). It takes the colour of `role` at
    /// paint time, so it follows a theme switch by itself. Must not outlive this Theme's window.
    QIcon icon(const QString& name, ColorRole role = ColorRole::TextMuted) const;

    /// Fusion, palette and style sheet for the whole application.
    void apply();

  Q_SIGNALS:
    void changed();

  private:
    QPalette palette() const;
    QString styleSheet() const;

    void changeTo();

    Mode mode_;
    qreal workspaceScale_ = 1.0;
    int textSize_ = 100;
    bool reducedMotion_ = false;
    QString textFamily_;
    QString monoFamily_;
};

}  // namespace gatescope
