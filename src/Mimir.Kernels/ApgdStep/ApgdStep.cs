using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The start and the step of auto-PGD, a projected step with momentum whose length is each image's own (Croce and Hein 2020, arXiv:2003.01690,
/// eq. 5). With x the natural image, x_i the point, x_{i−1} the one before, η the step, a the step's share and Π the projection onto the ball
/// and the box [0, 1]:
/// <code>
/// u       = Π(x_i + η·d)                        d = sign(g) for L∞, g / (‖g‖₂ + 1e-12) for L2
/// x_{i+1} = Π(x_i + a·(u − x_i) + (1 − a)·(x_i − x_{i−1}))
/// </code>
/// Pixels are in [0, 1] and ε and η in the same units. All arrays are [rows, values], a row an image, contiguous float32.
/// <para>Errors: <see cref="ShapeException"/> if a span has another length. No rows is a no-op.</para></summary>
public static partial class ApgdStep
{
    /// <summary>The start in the L∞ ball, clip(x + ε·t / (max |t| + 1e-12), 0, 1): at least one value lies on the ball's boundary. All devices give
    /// the same bits. (In the L2 ball it is <see cref="L2Step.Start"/> with radius 1.)</summary>
    /// <param name="natural">x [rows, values].</param>
    /// <param name="noise">t [rows, values], uniform in [−1, 1].</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="values">Values of an image, all channels.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="points">[rows, values], overwritten; may be <paramref name="noise"/>.</param>
    public static void Start(DeviceSpan<float> natural, DeviceSpan<float> noise, int rows, int values, float epsilon, DeviceSpan<float> points)
    {
        const string entry = "ApgdStep.Start";
        Contract.Require(rows >= 0 && values >= 0, entry, "sizes must not be negative");
        Contract.Elements(natural, (long)rows * values, entry, "natural", "[rows, values]");
        Contract.Elements(noise, natural.Length, entry, "noise", "[rows, values]");
        Contract.Elements(points, natural.Length, entry, "points", "[rows, values]");
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 6.0 * points.Length, 12.0 * points.Length, new(rows, values));
        if (PtxDevice.Is(points, out var gpu))
            StartOnPtx(gpu, natural, noise, rows, values, epsilon, points);
        else
            StartOnHost(HostDevice.Of(points, entry), natural, noise, rows, values, epsilon, points);
    }

    /// <summary>A step in the L∞ ball, Π(v) = clip(clip(v, x − ε, x + ε), 0, 1); sign(0) = 0, and a gradient that is not a number counts as 0. An
    /// IEEE operation a step, so all devices give the same bits.</summary>
    /// <param name="gradient">g [rows, values], of the loss that the attack raises.</param>
    /// <param name="natural">x [rows, values].</param>
    /// <param name="steps">η [rows].</param>
    /// <param name="shares">a [rows] in [0, 1]: 1 on the first iteration, then 0.75.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="values">Values of an image, all channels.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="previous">x_{i−1} [rows, values], on the first iteration the point itself; overwritten with x_i.</param>
    /// <param name="points">x_i [rows, values]; overwritten with x_{i+1}.</param>
    public static void Linf(
        DeviceSpan<float> gradient, DeviceSpan<float> natural, DeviceSpan<float> steps, DeviceSpan<float> shares, int rows, int values,
        float epsilon, DeviceSpan<float> previous, DeviceSpan<float> points)
    {
        const string entry = "ApgdStep.Linf";
        var images = new Images(gradient, natural, steps, shares, rows, values, epsilon, previous, points);
        images.Check(entry);
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 16.0 * points.Length, 24.0 * points.Length, new(rows, values));
        if (PtxDevice.Is(points, out var gpu))
            RunOnPtx(gpu, s_linf, images);
        else
            LinfOnHost(HostDevice.Of(points, entry), images);
    }

    /// <summary>A step in the L2 ball, Π(v) = clip(x + n·min(ε, ‖v − x‖₂), 0, 1) with n = (v − x) / (‖v − x‖₂ + 1e-12). Lengths are summed in an
    /// order that the row's length and the device's width fix. A gradient that is not finite makes its row NaN.</summary>
    /// <param name="gradient">g [rows, values], of the loss that the attack raises.</param>
    /// <param name="natural">x [rows, values].</param>
    /// <param name="steps">η [rows].</param>
    /// <param name="shares">a [rows] in [0, 1]: 1 on the first iteration, then 0.75.</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="values">Values of an image, all channels.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="previous">x_{i−1} [rows, values], on the first iteration the point itself; overwritten with x_i.</param>
    /// <param name="points">x_i [rows, values]; overwritten with x_{i+1}.</param>
    public static void L2(
        DeviceSpan<float> gradient, DeviceSpan<float> natural, DeviceSpan<float> steps, DeviceSpan<float> shares, int rows, int values,
        float epsilon, DeviceSpan<float> previous, DeviceSpan<float> points)
    {
        const string entry = "ApgdStep.L2";
        var images = new Images(gradient, natural, steps, shares, rows, values, epsilon, previous, points);
        images.Check(entry);
        if (points.IsEmpty)
            return;
        using var scope = KernelScope.Enter(points.Device, entry, 22.0 * points.Length, 24.0 * points.Length, new(rows, values));
        if (PtxDevice.Is(points, out var gpu))
            RunOnPtx(gpu, s_l2, images);
        else
            L2OnHost(HostDevice.Of(points, entry), images);
    }

    private readonly record struct Images(
        DeviceSpan<float> Gradient, DeviceSpan<float> Natural, DeviceSpan<float> Steps, DeviceSpan<float> Shares, int Rows, int Values,
        float Epsilon, DeviceSpan<float> Previous, DeviceSpan<float> Points)
    {
        public void Check(string entry)
        {
            Contract.Require(Rows >= 0 && Values >= 0, entry, "sizes must not be negative");
            var elements = (long)Rows * Values;
            Contract.Elements(Gradient, elements, entry, "gradient", "[rows, values]");
            Contract.Elements(Natural, elements, entry, "natural", "[rows, values]");
            Contract.Elements(Steps, Rows, entry, "steps", "[rows]");
            Contract.Elements(Shares, Rows, entry, "shares", "[rows]");
            Contract.Elements(Previous, elements, entry, "previous", "[rows, values]");
            Contract.Elements(Points, elements, entry, "points", "[rows, values]");
        }
    }
}
