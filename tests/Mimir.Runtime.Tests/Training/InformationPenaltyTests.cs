using Mimir.Kernels.Devices;
using Mimir.Runtime.Information;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class InformationPenaltyTests
{
    private const int Batch = 8;

    /// <summary>A_ij = sin(.3(i + 1)(j + 1)), B_ij = cos(.2(i + 1)(j + 2)), σ = 5: values computed with PyTorch in float64, here on float32 rows.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void GradientsAtBothSidesHaveTheCheckValues(bool exchanged)
    {
        using var device = new HostDevice(1);
        using var penalty = new InformationPenalty(device, new HsicCca(), Batch + 5);
        var a = Rows(device, 6, (i, j) => Math.Sin(0.3 * (i + 1) * (j + 1)));
        var b = Rows(device, 5, (i, j) => Math.Cos(0.2 * (i + 1) * (j + 2)));
        var gradient = device.Allocate<float>(a.Length);
        gradient.CopyFrom(new float[a.Length]);
        Estimate estimate;
        if (exchanged)
        {
            estimate = penalty.Evaluate(Batch, b, a);
            penalty.GradientAtLatents(a, 1, accumulate: false, gradient);
        }
        else
        {
            estimate = penalty.Evaluate(Batch, a, b, atImages: true);
            penalty.GradientAtImages(a, 0.25, accumulate: true, gradient);
            penalty.GradientAtImages(a, 0.75, accumulate: true, gradient);
        }

        var values = gradient.ToArray();
        Assert.That(estimate.Value, Is.EqualTo(5.0938264139).Within(1e-5));
        Assert.That(values[0], Is.EqualTo(-0.2994360925).Within(1e-5));
        Assert.That(values[^1], Is.EqualTo(-0.0087136101).Within(1e-5));
        Assert.That(Math.Sqrt(values.Sum(value => (double)value * value)), Is.EqualTo(0.6762650256).Within(1e-5));
        foreach (var span in new[] { a, b, gradient })
            span.Buffer.Dispose();
    }

    private static DeviceSpan<float> Rows(Device device, int columns, Func<int, int, double> element)
    {
        var rows = device.Allocate<float>(Batch * columns);
        rows.CopyFrom([.. Enumerable.Range(0, Batch * columns).Select(at => (float)element(at / columns, at % columns))]);
        return rows;
    }
}
