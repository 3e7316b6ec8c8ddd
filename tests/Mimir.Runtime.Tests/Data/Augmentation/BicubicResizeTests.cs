using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class BicubicResizeTests
{
    // Expected values: torch 1.13, float64, interpolate(mode="bicubic", antialias=True, align_corners=False), clamped to [0, 1]: the first
    // values of the second channel, and the sum over both.
    private static readonly object[] s_cases =
    [
        new object[]
        {
            new Window(0, 0, 7, 9), 4, 15.60369433304703,
            new[] { 0.4751865, 0.4742781, 0.5140116, 0.559409, 0.4330897, 0.5913974, 0.4970927, 0.4014344, 0.452024, 0.4579657, 0.5110609, 0.4659581 },
        },
        new object[]
        {
            new Window(1, 2, 5, 6), 8, 64.07364010922683,
            new[] { 0.8745258, 0.6704064, 0.4316698, 0.2419836, 0.0077687, 0.6199827, 0.8890289, 0.6569126, 0.5320791, 0.7010095, 0.7099317, 0.4765515 },
        },
        new object[] { new Window(2, 3, 2, 1), 3, 9.157894736842106, new[] { 1.0, 1.0, 1.0, 0.6875, 0.6875, 0.6875, 0.3338816, 0.3338816, 0.3338816 } },
    ];

    [TestCaseSource(nameof(s_cases))]
    public void AgreesWithPyTorch(Window window, int size, double sum, double[] expected)
    {
        var shape = new ImageShape(2, 7, 9);
        var result = new float[2 * size * size];
        BicubicResize.Run(Image(shape), shape, window, result, new ImageShape(2, size, size));
        for (var i = 0; i < expected.Length; i++)
            Assert.That(result[size * size + i], Is.EqualTo(expected[i]).Within(3e-7), $"value {i}"); // 13 to 25 roundings of 6e-8, values below 1
        Assert.That(result.Sum(value => (double)value), Is.EqualTo(sum).Within(1e-5));
    }

    [Test]
    public void SameSizeIsTheIdentity()
    {
        var shape = new ImageShape(2, 7, 9);
        var result = new float[shape.Values];
        BicubicResize.Run(Image(shape), shape, new Window(0, 0, 7, 9), result, shape);
        Assert.That(result, Is.EqualTo(Image(shape)).AsCollection);
    }

    [Test]
    public void WindowOutsideIsRefused()
    {
        var shape = new ImageShape(2, 7, 9);
        Assert.That(() => BicubicResize.Run(Image(shape), shape, new Window(1, 0, 7, 9), new float[8], new ImageShape(2, 2, 2)),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => BicubicResize.Run(Image(shape), shape, new Window(0, 0, 7, 9), new float[9], new ImageShape(2, 2, 2)), Throws.ArgumentException);
    }

    private static float[] Image(ImageShape shape)
    {
        var image = new float[shape.Values];
        for (var i = 0; i < image.Length; i++)
            image[i] = (i / shape.Width / shape.Height * 31 + i / shape.Width % shape.Height * 7 + i % shape.Width * 13) % 17 / 16f;
        return image;
    }
}
