using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Corruptions.Jpeg;

namespace Mimir.Runtime.Tests.Corruptions;

/// <summary>Every corruption, given its random draws, against the libraries that made CIFAR-10-C.</summary>
[TestFixture]
internal sealed class CorruptionGoldenTests
{
    private readonly GoldenCorruptions _golden = new();

    [OneTimeTearDown]
    public void Close() => _golden.Dispose();

    [Test]
    public void ThoseWithoutDrawsAgree(
        [Values("gaussian_blur", "defocus_blur", "zoom_blur", "brightness", "contrast", "saturate", "pixelate", "jpeg_compression")] string name,
        [Range(1, Corruption.Severities)] int severity)
    {
        var corruption = CorruptionCatalog.Parse(name);
        Compare(name, severity, result => corruption.Apply(_golden.Image, GoldenCorruptions.Level(severity), new CorruptionDraws(0, 0, 1, 0), result));
    }

    [Test]
    public void GlassBlurAgrees([Range(1, Corruption.Severities)] int severity)
    {
        var (sigma, passes) = severity switch { 1 => (0.05, 1), 2 => (0.25, 1), 3 => (0.4, 1), 4 => (0.25, 2), _ => (0.4, 2) };
        Compare("glass_blur", severity, result =>
        {
            var blurred = _golden.Image;
            GaussianFilter.Run(blurred, sigma);
            blurred.Truncate(result);
            var offsets = _golden.Read<int>("glass_blur.offsets").AsEnumerable().GetEnumerator();
            GlassBlur.Scatter(result, GoldenCorruptions.Channels, GoldenCorruptions.Side, reach: 1, passes, () => offsets.MoveNext() ? offsets.Current : throw new EndOfStreamException());
            blurred = PixelGrid.Of(result, GoldenCorruptions.Channels, GoldenCorruptions.Side);
            GaussianFilter.Run(blurred, sigma);
            blurred.Truncate(result);
        });
    }

    [Test]
    public void MotionBlurAgrees([Range(1, Corruption.Severities)] int severity) => Compare(
        "motion_blur", severity,
        result => MotionBlur.Blur(_golden.Image, GoldenCorruptions.Level(severity), _golden.Read<double>("motion_blur.degrees")[severity - 1], result));

    [Test]
    public void ElasticTransformAgrees([Range(1, Corruption.Severities)] int severity) => Compare("elastic_transform", severity, result =>
    {
        var to = _golden.Read<float>("elastic_transform.to", severity);
        ElasticTransform.Transform(
            _golden.Image, [(to[0], to[1]), (to[2], to[3]), (to[4], to[5])], Doubles("elastic_transform.right", severity), Doubles("elastic_transform.down", severity), result);
    });

    [Test]
    public void FogAgrees([Range(1, Corruption.Severities)] int severity) => Compare("fog", severity, result =>
    {
        var units = _golden.Read<double>("fog.units").AsEnumerable().GetEnumerator();
        Fog.Spread(_golden.Image, GoldenCorruptions.Level(severity), () => units.MoveNext() ? units.Current : throw new EndOfStreamException(), result);
    });

    [Test]
    public void SnowAgrees([Range(1, Corruption.Severities)] int severity) => Compare(
        "snow", severity,
        result => Snow.Fall(
            _golden.Image, GoldenCorruptions.Level(severity), Doubles("snow.noise", severity), _golden.Read<double>("snow.degrees")[severity - 1], result));

    [Test]
    public void SpatterAgrees([Range(1, Corruption.Severities)] int severity) => Compare(
        "spatter", severity, result => Spatter.Splash(_golden.Image, GoldenCorruptions.Level(severity), Doubles("spatter.noise", severity), result));

    [Test]
    public void JpegAgreesOnSidesThatFillNoBlocks()
    {
        const int side = 45;
        var planes = GoldenCorruptions.Planes(_golden.Read<byte>("jpeg_odd.image"), side);
        var grey = planes.AsSpan(side * side, side * side).ToArray();
        JpegRoundTrip.Run(planes, GoldenCorruptions.Channels, side, side, 58);
        Assert.That(planes, Is.EqualTo(GoldenCorruptions.Planes(_golden.Read<byte>("jpeg_odd"), side)).AsCollection);
        JpegRoundTrip.Run(grey, 1, side, side, 40);
        Assert.That(grey, Is.EqualTo(_golden.Read<byte>("jpeg_grey")).AsCollection);
    }

    [Test]
    public void ZoomsAreCountedAsNumPyCountsThem()
    {
        var ends = new[] { 1.06, 1.11, 1.16, 1.21, 1.26 };
        var counts = ends.Select(end => ZoomBlur.Factors(end).Length).ToArray();
        Assert.That(counts, Is.EqualTo(_golden.Read<int>("zoom_blur.counts")).AsCollection);
        Assert.That(counts, Is.EqualTo(new[] { 7, 12, 16, 21, 26 }).AsCollection);
    }

    private double[] Doubles(string name, int severity) => Array.ConvertAll(_golden.Read<float>(name, severity), value => (double)value);

    private void Compare(string name, int severity, SpanAction apply)
    {
        var result = new byte[GoldenCorruptions.Channels * GoldenCorruptions.Side * GoldenCorruptions.Side];
        apply(result);
        Assert.That(result, Is.EqualTo(_golden.Expected(name, severity)).AsCollection, $"{name} {severity}");
    }

    private delegate void SpanAction(Span<byte> result);
}
