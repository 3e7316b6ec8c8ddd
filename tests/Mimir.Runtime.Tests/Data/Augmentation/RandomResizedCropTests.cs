using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class RandomResizedCropTests
{
    [Test]
    public void WindowFollowsTheDraws()
    {
        // area = 10·20·(0.2 + 0.8·0.25) = 80, ratio = 1: 8.94 rounds to 9.
        var window = new RandomResizedCrop(4).Choose(new ImageShape(3, 10, 20), new ScriptedRandom([0.25f, 0.5f], (2, 1), (12, 7)));
        Assert.That(window, Is.EqualTo(new Window(1, 7, 9, 9)));
    }

    [Test]
    public void MissesAreRetriedAndThenCentred()
    {
        // A whole-area window of ratio 1 never fits 10x20 (14x14), so every try fails and the centre 10x13 remains.
        var uniforms = Enumerable.Repeat(new[] { 1f, 0.5f }, 10).SelectMany(pair => pair).ToArray();
        var crop = new RandomResizedCrop(4);
        Assert.That(crop.Choose(new ImageShape(3, 10, 20), new ScriptedRandom(uniforms)), Is.EqualTo(new Window(0, 3, 10, 13)));
        Assert.That(crop.Choose(new ImageShape(3, 20, 10), new ScriptedRandom(uniforms)), Is.EqualTo(new Window(3, 0, 13, 10)));
        Assert.That(crop.Choose(new ImageShape(3, 10, 20), new ScriptedRandom([1, 0.5f, 0.25f, 0.5f], (2, 0), (12, 0))), Is.EqualTo(new Window(0, 0, 9, 9)));
    }

    [Test]
    public void WindowsStayInsideWithinTheRanges()
    {
        var crop = new RandomResizedCrop(4);
        var random = new DataRandom();
        foreach (var shape in new[] { new ImageShape(3, 32, 32), new ImageShape(1, 7, 50), new ImageShape(1, 1, 1), new ImageShape(2, 64, 48) })
        {
            for (var i = 0; i < 500; i++)
            {
                random.SeekImage(3, 0, i);
                var window = crop.Choose(shape, random);
                Assert.That(window.Row >= 0 && window.Column >= 0 && window.Height >= 1 && window.Width >= 1, $"{window}");
                Assert.That(window.Row + window.Height <= shape.Height && window.Column + window.Width <= shape.Width, $"{window}");
                if (shape == new ImageShape(3, 32, 32))
                {
                    // Rounding moves each side by at most one half.
                    Assert.That((window.Width + 0.5) * (window.Height + 0.5), Is.GreaterThanOrEqualTo(0.2 * 1024));
                    Assert.That((window.Width - 0.5) / (window.Height + 0.5), Is.LessThanOrEqualTo(4.0 / 3));
                    Assert.That((window.Width + 0.5) / (window.Height - 0.5), Is.GreaterThanOrEqualTo(3.0 / 4));
                }
            }
        }
    }

    [Test]
    public void ResultHasTheSizeAskedForAndStaysInRange()
    {
        var plan = AugmentationPlan.ResizedCropAndFlip(20);
        var set = SmallSets.Bytes(5, new ImageShape(3, 13, 29));
        var augmenter = new Augmenter(set, plan, seed: 4);
        Assert.That(augmenter.Output, Is.EqualTo(new ImageShape(3, 20, 20)));
        var image = new float[1200];
        for (var i = 0; i < set.Count; i++)
        {
            augmenter.Make(0, i, image);
            Assert.That(image, Has.All.InRange(0f, 1f));
        }

        Assert.That(plan.ToString(), Is.EqualTo("random resized crop to 20 (area 0.2 to 1), horizontal flip"));
    }
}
