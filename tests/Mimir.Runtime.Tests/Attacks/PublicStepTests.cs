using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>Single steps of FAB and Square against those of the public code (tests/golden/attacks/make_steps.py).</summary>
[TestFixture]
internal sealed class PublicStepTests
{
    [Test]
    public void ProjectionsAreThoseOfThePublicCode([Values] bool linf)
    {
        using var golden = GoldenVictim.Open("steps");
        using var device = new HostDevice(1);
        var offsets = Place(device, golden, "project.offsets");
        DeviceSpan<float> points = Place(device, golden, "project.points"), normals = Place(device, golden, "project.normals");
        var rows = (int)offsets.Length;
        FabStep.Project(linf, points, normals, offsets, rows, (int)points.Length / rows, points);
        Assert.That(points.ToArray(), Is.EqualTo(golden.Read<float>(linf ? "project.Linf" : "project.L2")).Within(1e-7));
    }

    [Test]
    public void SquareProposalsAreThoseOfThePublicCode()
    {
        using var golden = GoldenVictim.Open("steps");
        using var device = new HostDevice(1);
        var natural = Place(device, golden, "square.natural");
        var best = device.Allocate<float>(natural.Length);
        var rows = golden.Read<long>("square.Linf.windows").Length / 3;
        var side = (int)Math.Sqrt(natural.Length / rows / 3);
        var epsilon = golden.Read<float>("square.epsilon")[0];

        SquareStep.Stripes(natural, Place(device, golden, "square.stripes.signs"), rows, 3, side, side, epsilon, best);
        AssertNear("square.stripes.points", 1e-7);
        SquareStep.Linf(natural, best, Whole("square.Linf.windows"), Place(device, golden, "square.Linf.signs"), rows, 3, side, side, epsilon, best);
        AssertNear("square.Linf.candidates", 1e-7);

        SquareStep.Tiles(
            natural, Place(device, golden, "square.tiles.signs"), Whole("square.tiles.transposed"), rows, 3, side, side, epsilon, best);
        AssertNear("square.tiles.points", 2e-7);
        SquareStep.L2(natural, best, Whole("square.L2.windows"), Place(device, golden, "square.L2.signs"), rows, 3, side, side, epsilon, best);
        AssertNear("square.L2.candidates", 5e-7); // the public code's norms are float32

        void AssertNear(string name, double bound) => Assert.That(best.ToArray(), Is.EqualTo(golden.Read<float>(name)).Within(bound), name);

        DeviceSpan<int> Whole(string name)
        {
            int[] numbers = [.. golden.Read<long>(name).Select(number => (int)number)];
            var span = device.Allocate<int>(numbers.Length);
            span.CopyFrom(numbers);
            return span;
        }
    }

    private static DeviceSpan<float> Place(HostDevice device, SafetensorsFile golden, string name)
    {
        var values = golden.Read<float>(name);
        var span = device.Allocate<float>(values.Length);
        span.CopyFrom(values);
        return span;
    }
}
