using Mimir.Cli.Errors;

namespace Mimir.Cli.Tests.Errors;

internal sealed class SuggestionTests
{
    private static readonly string[] s_words = ["--mask-ratio", "--mlp-ratio", "--mi", "--epochs"];

    [TestCase("--epoch", ExpectedResult = "--epochs")]
    [TestCase("--mask-ration", ExpectedResult = "--mask-ratio")]
    [TestCase("--mask_ratio", ExpectedResult = "--mask-ratio")]
    [TestCase("--ma", ExpectedResult = "--mi")]
    [TestCase("--colour", ExpectedResult = null)]
    public string? FindsTheNearWord(string word) => Suggestion.Nearest(word, s_words);
}
