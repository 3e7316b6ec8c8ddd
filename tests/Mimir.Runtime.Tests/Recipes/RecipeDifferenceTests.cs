using Mimir.Runtime.Recipes;

namespace Mimir.Runtime.Tests.Recipes;

[TestFixture]
internal sealed class RecipeDifferenceTests
{
    [Test]
    public void TheFirstFieldIsNamedAsTheFileSpellsIt()
    {
        var recipe = TinyRuns.Pretrain;
        Assert.Multiple(() =>
        {
            Assert.That(RecipeDifference.First(recipe, recipe with { Seed = recipe.Seed }), Is.Null);
            Assert.That(
                RecipeDifference.First(recipe, recipe with { Optimiser = recipe.Optimiser with { Epochs = 9 } }), Is.EqualTo(new RecipeDifference("optimiser.epochs", "3", "9")));
            Assert.That(RecipeDifference.First(recipe, recipe with { MiSigma = null }), Is.EqualTo(new RecipeDifference("mi_sigma", "5", "null")));
            Assert.That(RecipeDifference.First(recipe with { MiSigma = null }, recipe), Is.EqualTo(new RecipeDifference("mi_sigma", "null", "5")));
            Assert.That(RecipeDifference.First(recipe, recipe with { Mi = "hsic", Seed = 12 }), Is.EqualTo(new RecipeDifference("mi", "\"hsic-cca\"", "\"hsic\"")));
        });
    }
}
