using Mimir.Runtime.Tests.Recipes;

namespace Mimir.Runtime.Tests;

/// <summary>The training process that <see cref="KilledRunTests"/> starts and kills: a folder, and the batch after which it waits.</summary>
internal static class Program
{
    private static void Main(string[] arguments) => KilledRunTests.Train(arguments[0], int.Parse(arguments[1]));
}
