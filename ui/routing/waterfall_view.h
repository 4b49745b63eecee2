#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/engine_bridge.h"
#include "ui/routing/time_axis.h"
#include "ui/routing/waterfall_image.h"
#include "ui/routing/waterfall_pyramid.h"
#include "ui/selection.h"
#include "ui/view_context.h"
#include "ui/view_keys.h"

namespace gatescope {

class Theme;

/// The router probabilities of the whole conversation: a line for each expert of each layer, a
/// column for each token. Reads the tokens in slices of a frame, paints from one image. Follows the
/// newest token until the user moves it away, and again from `End` on. Clicks select a token and a
/// cell, drags a range of tokens; what other views hover over is hinted at. Hidden, it does
/// nothing. UI thread only.
class WaterfallView : public QWidget {
    Q_OBJECT
  public:
    enum class RowOrder { ByLayer, ByExpert };

    explicit WaterfallView(const ViewContext& context, QWidget* parent = nullptr);

    RowOrder rowOrder() const { return rowOrder_; }
    void setRowOrder(RowOrder order);
    void zoom(double factor);  ///< around the mouse, else the selected token, else the middle
    void fitAll();
    /// The newest token stays in sight, and nothing is selected.
    void followNewest();
    bool follows() const { return follows_; }

    /// What is under the mouse, else what is selected, in one line for people; empty: nothing.
    QString valueLine() const;
    const ColorMap& colors() const { return colors_; }
    void setColorMap(ColorMapKind kind);
    int numExperts() const { return numExperts_; }  ///< 0: no token yet
    const TimeAxis& axis() const { return axis_; }
    const WaterfallPyramid& pyramid() const { return pyramid_; }
    const WaterfallImage& picture() const { return image_; }
    QRect plot() const;     ///< where the image lies
    bool complete() const;  ///< all that has been computed is in the pyramid

    QSize sizeHint() const override { return {600, 220}; }
    QSize minimumSizeHint() const override { return {160, 0}; }

  Q_SIGNALS:
    void valueLineChanged();
    void playToggled();
    void stepRequested(int tokens);
    void rowOrderChanged();

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

  private:
    /// A message's tokens, for the lane below the picture.
    struct Stretch {
        TokenRange tokens;
        bool reply;
        bool changed;  ///< computed under interventions
    };
    struct Spot {
        int token;
        ExpertSite site;
    };

    void connectContext(const ViewContext& context);
    void addKeys();
    void describeKeys();
    void forgetFrom(int firstToken);
    void want();
    void takeTokens();
    void readStretches();
    void refresh();
    void setColors();
    void place();
    void relayout();
    std::optional<Spot> spotAt(QPoint at) const;
    /// The cell that gave pixel (x, y) of the image its colour.
    std::optional<ExpertSite> siteAt(int x, int y) const;
    ExpertSite siteOfRow(int row) const;
    int lineOfSite(ExpertSite site) const;
    int tokenAt(int x) const;
    QString describe(int token, ExpertSite site) const;
    QString describeStretch(TokenRange tokens, ExpertSite site) const;
    void hoverAt(QPoint at);
    void selectRangeTo(int token);
    void actOn(QKeyEvent* event);
    void moveRow(int lines);
    void pan(int pixels);

    void paintLane(QPainter& painter) const;
    void paintLabels(QPainter& painter) const;
    void paintRange(QPainter& painter) const;
    void paintToken(QPainter& painter, int token, const QColor& color, bool handle) const;
    void paintSite(QPainter& painter, ExpertSite site, const QColor& color) const;

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    ViewKeys* keys_;
    RowOrder rowOrder_ = RowOrder::ByLayer;
    int numLayers_ = 0;
    int numExperts_ = 0;
    WaterfallPyramid pyramid_;
    TimeAxis axis_;
    ColorMap colors_;
    WaterfallImage image_;
    std::vector<Stretch> stretches_;
    std::vector<std::uint8_t> column_;  ///< of the token being taken
    QTimer slices_;
    bool follows_ = true;
    bool zoomsItself_ = true;  ///< until the user zooms or moves: all tokens are in sight
    std::optional<QPoint> mouse_;
    std::optional<int> pressedToken_;  ///< a left button went down there
    bool dragging_ = false;            ///< and the mouse has moved to another token
    std::optional<int> panFrom_;       ///< x of the mouse that drags the picture
};

}  // namespace gatescope
